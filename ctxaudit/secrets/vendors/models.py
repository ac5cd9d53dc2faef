"""Providers of language models."""

from __future__ import annotations

from ctxaudit.secrets.row import ALNUM, HEX, WORD, Row, is_varied

_MODELS = "run models at the account's expense"


def _model(kind: str, keywords: tuple[str, ...], expression: str, words: str, source: str, rotate: str) -> Row:
    return Row(kind, keywords, expression, words, _MODELS, source, rotate, check=is_varied)


def _named(kind: str, expression: str, words: str, source: str, rotate: str, *name: str) -> Row:
    return Row(kind, (), expression, words, _MODELS, source, rotate, name=name)


ROWS = (
    _model(
        "secret-openai-key",
        ("T3BlbkFJ",),
        rf"sk-(?:(?:proj|svcacct|admin|service|None)-)?{WORD}{{20,90}}T3BlbkFJ{WORD}{{20,90}}",
        "an API key of OpenAI",
        "https://platform.openai.com/docs/api-reference/authentication",
        "platform.openai.com/api-keys",
    ),
    _model(
        "secret-openai-key",
        ("sk-proj-", "sk-svcacct-", "sk-admin-"),
        rf"sk-(?:proj|svcacct|admin)-{WORD}{{40,200}}",
        "an API key of OpenAI",
        "https://platform.openai.com/docs/api-reference/authentication",
        "platform.openai.com/api-keys",
    ),
    _model(
        "secret-anthropic-key",
        ("sk-ant-",),
        rf"sk-ant-(?:api|admin|oat|ort)\d\d-{WORD}{{60,130}}",
        "an API key of Anthropic",
        "https://docs.anthropic.com/en/api/getting-started",
        "console.anthropic.com/settings/keys",
    ),
    _model(
        "secret-openrouter-key",
        ("sk-or-v1-",),
        f"sk-or-v1-{HEX}{{64}}",
        "an API key of OpenRouter",
        "https://openrouter.ai/docs/api-reference/authentication",
        "openrouter.ai/settings/keys",
    ),
    _model(
        "secret-huggingface-token",
        ("hf_", "api_org_"),
        f"hf_{ALNUM}{{34,40}}|api_org_{ALNUM}{{34}}",
        "a token of Hugging Face",
        "https://huggingface.co/docs/hub/security-tokens",
        "huggingface.co/settings/tokens",
    ),
    _model(
        "secret-groq-key",
        ("gsk_",),
        f"gsk_{ALNUM}{{52}}",
        "an API key of Groq",
        "https://console.groq.com/docs/quickstart",
        "console.groq.com/keys",
    ),
    _model(
        "secret-xai-key",
        ("xai-",),
        f"xai-{ALNUM}{{70,90}}",
        "an API key of xAI",
        "https://docs.x.ai/docs/overview",
        "console.x.ai",
    ),
    _model(
        "secret-replicate-token",
        ("r8_",),
        f"r8_{ALNUM}{{37}}",
        "a token of Replicate",
        "https://replicate.com/docs/reference/http",
        "replicate.com/account/api-tokens",
    ),
    _model(
        "secret-perplexity-key",
        ("pplx-",),
        f"pplx-{ALNUM}{{40,64}}",
        "an API key of Perplexity",
        "https://docs.perplexity.ai/",
        "perplexity.ai/settings/api",
    ),
    _model(
        "secret-langsmith-key",
        ("lsv2_",),
        f"lsv2_(?:pt|sk)_{HEX}{{32}}_{HEX}{{10}}",
        "an API key of LangSmith",
        "https://docs.smith.langchain.com/",
        "smith.langchain.com/settings",
    ),
    _model(
        "secret-fireworks-key",
        ("fw_",),
        f"fw_{ALNUM}{{22,26}}",
        "an API key of Fireworks AI",
        "https://docs.fireworks.ai/api-reference/introduction",
        "fireworks.ai/account/api-keys",
    ),
    _model(
        "secret-nvidia-key",
        ("nvapi-",),
        rf"nvapi-{WORD}{{60,70}}",
        "an API key of NVIDIA",
        "https://docs.nvidia.com/nim/",
        "build.nvidia.com",
    ),
    _model(
        "secret-pinecone-key",
        ("pcsk_",),
        rf"pcsk_{ALNUM}{{5,8}}_{ALNUM}{{50,70}}",
        "an API key of Pinecone",
        "https://docs.pinecone.io/guides/projects/manage-api-keys",
        "app.pinecone.io, API keys",
    ),
    _model(
        "secret-tavily-key",
        ("tvly-",),
        rf"tvly-(?:dev-|prod-)?{ALNUM}{{28,40}}",
        "an API key of Tavily",
        "https://docs.tavily.com/",
        "app.tavily.com",
    ),
    _model(
        "secret-langfuse-key",
        ("sk-lf-",),
        f"sk-lf-{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
        "a secret key of Langfuse",
        "https://langfuse.com/docs/api",
        "the project's settings, API keys",
    ),
    _model(
        "secret-cerebras-key",
        ("csk-",),
        f"csk-{ALNUM}{{48}}",
        "an API key of Cerebras",
        "https://inference-docs.cerebras.ai/",
        "cloud.cerebras.ai",
    ),
    _named(
        "secret-cohere-key",
        f"{ALNUM}{{40}}",
        "an API key of Cohere",
        "https://docs.cohere.com/reference/about",
        "dashboard.cohere.com/api-keys",
        "cohere",
        "co",
    ),
    _named(
        "secret-mistral-key",
        f"{ALNUM}{{32}}",
        "an API key of Mistral",
        "https://docs.mistral.ai/getting-started/quickstart/",
        "console.mistral.ai/api-keys",
        "mistral",
    ),
    _named(
        "secret-deepseek-key",
        f"sk-{HEX}{{32}}",
        "an API key of DeepSeek",
        "https://api-docs.deepseek.com/",
        "platform.deepseek.com/api_keys",
        "deepseek",
    ),
    _named(
        "secret-elevenlabs-key",
        f"sk_{HEX}{{48}}|{HEX}{{32}}",
        "an API key of ElevenLabs",
        "https://elevenlabs.io/docs/api-reference/authentication",
        "elevenlabs.io/app/settings/api-keys",
        "elevenlabs",
        "eleven",
        "xi",
    ),
    _named(
        "secret-together-key",
        f"{HEX}{{64}}|tgp_v1_{WORD}{{43}}",
        "an API key of Together AI",
        "https://docs.together.ai/docs/quickstart",
        "api.together.ai/settings/api-keys",
        "together",
    ),
    _named(
        "secret-wandb-key",
        f"{HEX}{{40}}",
        "an API key of Weights & Biases",
        "https://docs.wandb.ai/",
        "wandb.ai/authorize",
        "wandb",
    ),
)

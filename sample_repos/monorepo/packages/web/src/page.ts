import { greet } from "@acme/lib";

document.body.textContent = greet("web");

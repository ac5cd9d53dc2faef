FROM python:3.13.9-slim-bookworm
WORKDIR /srv
COPY . .
USER nobody
EXPOSE 8000
CMD ["python", "app.py"]

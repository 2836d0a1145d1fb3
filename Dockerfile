# bigflow: standard
FROM python:3.12-slim

COPY ./resources/requirements.txt /app/resources/requirements.txt
RUN python -m pip install --no-cache-dir -r /app/resources/requirements.txt

COPY ./dist /app/dist
RUN python -m pip install --no-cache-dir --no-deps /app/dist/*.whl

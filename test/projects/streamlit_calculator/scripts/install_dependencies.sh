#!/bin/bash
set -e
cd /opt/streamlit-calculator
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt

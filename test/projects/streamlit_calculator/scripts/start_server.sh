#!/bin/bash
cd /opt/streamlit-calculator
nohup .venv/bin/streamlit run calculator.py --server.port 8501 > server.log 2>&1 &

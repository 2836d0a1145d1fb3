#!/bin/bash
pkill -f 'streamlit run calculator.py' || true

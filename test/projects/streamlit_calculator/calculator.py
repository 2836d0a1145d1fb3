"""A calculator in a browser: `streamlit run calculator.py`."""

import operator

OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def calculate(first, sign, second):
    if sign == "/" and second == 0:
        return "cannot divide by zero"
    return OPERATIONS[sign](first, second)


def main():
    import streamlit

    streamlit.title("Calculator")
    first = streamlit.number_input("First number")
    sign = streamlit.selectbox("Operation", list(OPERATIONS))
    second = streamlit.number_input("Second number")
    if streamlit.button("Calculate"):
        streamlit.success(f"{first:g} {sign} {second:g} = {calculate(first, sign, second)}")


if __name__ == "__main__":
    main()

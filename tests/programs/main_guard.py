import runpy, sys
print(__name__, sys.argv)
if __name__ == "__main__":
    runpy.run_path(__file__, run_name="again")

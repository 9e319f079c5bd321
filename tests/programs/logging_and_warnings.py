import logging, warnings
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(threadName)s %(funcName)s %(lineno)d %(message)s")
def work():
    logging.info("info")
    logging.warning("warning %s", 1)
    warnings.warn("careful", UserWarning)
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("it failed")
work()

import time

def make_coffee():
    time.sleep(0.8)
    print("Coffee is ready.")

def fry_eggs():
    time.sleep(0.6)
    print("Eggs are ready.")

def make_toast():
    time.sleep(0.4)
    print("Toast is ready.")

make_coffee()
fry_eggs()
make_toast()
print("Breakfast!")

import os, subprocess, sys
print(subprocess.run([sys.executable, "-c", "import sys; print('child'); sys.exit(4)"]).returncode)
print(subprocess.check_output([sys.executable, "-S", "-c", "print('without site')"]))
print(subprocess.run([sys.executable, "-c", "print('bare')"], env={}, stdout=subprocess.PIPE).stdout)
print(subprocess.run(["sh", "-c", "echo shell; exit 2"], stdout=subprocess.PIPE))
try:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.2)
except subprocess.TimeoutExpired as error:
    print(type(error).__name__)
try:
    subprocess.check_call(["false"])
except subprocess.CalledProcessError as error:
    print(error)

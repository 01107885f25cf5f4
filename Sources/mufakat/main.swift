print("mufakat")

-- A missing hour is noon, and fields outside their range carry over.
local noon = os.time { year = 2021, month = 3, day = 1 }
print(noon == os.time { year = 2021, month = 3, day = 1, hour = 12, min = 0, sec = 0 })  --> true
print(noon == os.time { year = 2021, month = 2, day = 29 }, noon == os.time { year = 2020, month = 15, day = 1 })  --> true	true

-- Sorting and shifting move what a large array holds, whatever part of it the collector has scanned.
local N = 4000
-- In tests, the heap is looked through whenever a program asks its host.
local look = os.clock
for round = 1, 6 do
  texts = {}
  for i = N, 1, -1 do texts[N - i + 1] = ("%06d"):format(i * round) end
  collectgarbage()
  -- Piece by piece, up to where the texts are.
  for piece = 1, 60 do
    collectgarbage("step", 2)
    if piece % 2 == 0 then
      table.insert(texts, (table.remove(texts, 1)))
      look()
    elseif piece % 5 == round % 5 then
      table.sort(texts)
      look()
    end
  end
  table.sort(texts)
  for i = 1, N do assert(tonumber(texts[i]) == i * round) end
end
print(#texts, texts[1], texts[N])  --> 4000	000006	024000

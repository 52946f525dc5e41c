-- Runs the Hammerspoon example with as much of hs as it uses. What it does is
-- printed. Arguments: the folder of the example, the program, and what to do.
local folder, program, what = arg[1], arg[2], arg[3]
package.path = folder .. "/?.lua"

local function quoted(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

local function output(command)
  local p = assert(io.popen(command))
  local text = p:read("a")
  p:close()
  return text
end

-- jq writes JSON as a table of Lua.
local lua = [[
def lua:
  if type == "object" then "{" + ([to_entries[] | "[\(.key | tojson)]=\(.value | lua)"] | join(",")) + "}"
  elif type == "array" then "{" + (map(lua) | join(",")) + "}"
  elif . == null then "nil"
  else tojson end;
lua]]

local running = {} -- tasks that stream

hs = {
  json = {
    decode = function(text)
      assert(not text:find("\n"), "more than a line")
      local name = os.tmpname()
      local f <close> = assert(io.open(name, "w"))
      f:write(text)
      f:flush()
      local value = assert(load("return " .. output("jq -r " .. quoted(lua) .. " " .. name)))()
      os.remove(name)
      return value
    end,
  },
  alert = { show = function(text) print("alert: " .. text) end },
  timer = { doAfter = function(seconds, f) print("again after " .. seconds .. " s"); return { f = f } end },
  task = {
    -- hs.task.new(path, done[, stream][, arguments])
    new = function(path, done, stream, arguments)
      if type(stream) == "table" then stream, arguments = nil, stream end
      local line = quoted(path)
      for _, a in ipairs(arguments) do line = line .. " " .. quoted(a) end
      local task = {}
      function task:start()
        if not stream then
          local text = output(line .. " 2>&1; echo $?")
          local rest, code = text:match("^(.-)(%d+)\n$")
          done(tonumber(code), "", rest)
          return self
        end
        running[#running + 1] = function()
          local p = assert(io.popen(line .. " 2>/dev/null"))
          local started = false
          for text in p:lines("L") do
            local half = #text // 2 -- a pipe gives lines in any pieces
            assert(stream(self, text:sub(1, half), ""))
            assert(stream(self, text:sub(half + 1), ""))
            if not started then print("started") end
            started = true
          end
          local _, _, code = p:close()
          done(code, "", "")
        end
        return self
      end
      return task
    end,
  },
}

io.stdout:setvbuf("line")
local vpn = require("vpnstatus")
vpn.path = program
if what == "watch" then vpn.start() else vpn.toggle(what) end
for _, run in ipairs(running) do run() end

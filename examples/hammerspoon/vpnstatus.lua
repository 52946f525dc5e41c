-- Follows the VPNs with `vpnstatus watch`, and toggles them. In init.lua:
--
--   vpn = require("vpnstatus")
--   vpn.start()
--   hs.hotkey.bind({ "cmd", "alt", "ctrl" }, "V", function() vpn.toggle("Office") end)

local vpn = {
  path = "/usr/local/bin/vpnstatus",
  retry = 10, -- seconds until it looks for the app again
}

-- Called with each change of a status. Replace it to do something of your own.
function vpn.changed(name, from, to)
  if to == "Connected" or from == "Connected" then
    hs.alert.show(name .. ": " .. to)
  end
end

local function handle(line)
  local event = hs.json.decode(line).event
  if event and event.kind == "status" then
    vpn.changed(event.name, event.from, event.to)
  end
end

-- The task and the timer are kept in vpn, or they would be collected.
function vpn.start()
  local rest = "" -- a line of which only the beginning has arrived
  vpn.task = hs.task.new(vpn.path, function()
    vpn.timer = hs.timer.doAfter(vpn.retry, vpn.start)
  end, function(_, out)
    rest = rest .. (out or "")
    for line in rest:gmatch("([^\n]*)\n") do
      handle(line)
    end
    rest = rest:match("[^\n]*$")
    return true
  end, { "watch", "--json" })
  vpn.task:start()
end

function vpn.toggle(name)
  vpn.toggling = hs.task.new(vpn.path, function(code, _, err)
    if code ~= 0 then
      hs.alert.show(err)
    end
  end, { "toggle", name, "--wait" })
  vpn.toggling:start()
end

return vpn

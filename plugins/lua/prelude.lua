-- What a chisel finds when it is loaded: the tables sysdig, chisel and evt, and output that goes where tracer's goes.
local host = ...
local row = nil
local columns = {}
local count = 0
local make_handle = newproxy or function() return {} end

local function need_row(name)
  if row == nil then error("invalid call to evt." .. name .. "(): there is no event", 3) end
end

evt = {
  field = function(handle)
    need_row("field")
    local column = columns[handle]
    if column == nil then return nil end
    return row[column]
  end,
  get_num = function() need_row("get_num") return row[count + 1] end,
  get_ts = function() need_row("get_ts") return row[count + 2], row[count + 3] end,
  get_type = function() need_row("get_type") return row[count + 4] end,
  get_cpuid = function() need_row("get_cpuid") return row[count + 5] end,
}

chisel = {
  request_field = function(name)
    local handle = make_handle()
    columns[handle] = host.request_field(name)
    count = count + 1
    return handle
  end,
  set_filter = function(text) host.set_filter(text) end,
  set_event_formatter = function(text) host.set_event_formatter(text) end,
  set_interval_ns = function(interval) host.set_interval(interval, false) end,
  set_interval_s = function(interval) host.set_interval(interval * 1000000000, false) end,
  set_precise_interval_ns = function(interval) host.set_interval(interval, true) end,
  exec = function(...) host.exec(...) end,
}

sysdig = {}
for _, name in ipairs({
  "set_filter", "set_snaplen", "set_output_format", "set_fatfile_dump_mode", "is_live", "is_tty", "get_terminal_info",
  "get_filter", "get_machine_info", "get_thread_table", "get_thread_table_nofds", "get_thread_table_barebone",
  "get_thread_table_barebone_nofds", "get_container_table", "is_print_container_data", "get_output_format",
  "get_evtsource_name", "get_firstevent_ts", "get_lastevent_ts", "make_ts", "add_ts", "subtract_ts", "run_app",
  "end_capture", "log", "udp_setpeername", "udp_send", "get_read_progress",
}) do
  local call = host["sysdig_" .. name]
  sysdig[name] = function(...) return call(...) end
end

-- Numbers that stand just between two that can be printed: the LuaJIT that scripts were written for rounds them up.
local plain_format = string.format
local places_by_format = {}

local function places_of(format)
  local places = {}
  local argument = 0
  for flags, letter in format:gmatch("%%([^%a%%]*)([%a%%])") do
    if letter ~= "%" then
      argument = argument + 1
      if letter == "f" then places[argument] = tonumber(flags:match("%.(%d+)")) or 6 end
    end
  end
  places_by_format[format] = next(places) and places or false
  return places_by_format[format]
end

local function rounded_up(number, places)
  number = tonumber(number)
  local halves = number and number * 2 ^ (places + 1)
  if halves and halves % 1 == 0 and halves * 5 ^ places % 2 == 1 then return number * (1 + 2 ^ -51) end
  return number
end

function string.format(format, ...)
  local places = places_by_format[format]
  if places == nil and type(format) == "string" then places = places_of(format) end
  if not places then return plain_format(format, ...) end
  local arguments = { ... }
  for argument, count in pairs(places) do arguments[argument] = rounded_up(arguments[argument], count) end
  return plain_format(format, unpack(arguments, 1, select("#", ...)))
end

function print(...)
  local texts = {}
  for i = 1, select("#", ...) do texts[i] = tostring((select(i, ...))) end
  host.write(table.concat(texts, "\t") .. "\n")
end

function io.write(...)
  for i = 1, select("#", ...) do host.write(tostring((select(i, ...)))) end
  return io.stdout
end

io.stdout = {
  write = function(self, ...)
    io.write(...)
    return self
  end,
  flush = function() return true end,
  setvbuf = function() return true end,
  close = function() return true end,
}

function os.exit(status) host.exit(status) end

-- Called for each row, and for ticks; it has the values of the fields, and last what evt.get_* tell.
return function(name, ...)
  row = { ... }
  local callback = _G[name]
  if callback ~= nil then return callback() end
end, function(time_s, time_ns, delta, ...)
  row = { ... }
  return on_interval(time_s, time_ns, delta)
end

-- Prints what every function of the interface gives, for a comparison of who runs it.
description = "d"; short_description = "s"; category = "c"
args = {{name="a", description="x", argtype="string"}, {name="b", description="y", argtype="int", optional=true}}
function on_set_arg(n, v) print("arg", n, v) return true end
local function keys(t) local k = {} for x in pairs(t) do k[#k+1] = tostring(x) end table.sort(k) return table.concat(k, ",") end
function on_init()
  print(keys(sysdig)); print(keys(chisel)); print(keys(evt))
  print(sysdig.is_live(), sysdig.is_tty(), sysdig.get_filter(), sysdig.is_print_container_data(), sysdig.get_output_format())
  print(sysdig.get_terminal_info().width, sysdig.get_terminal_info().height)
  print(sysdig.make_ts(1700000000, 5), sysdig.make_ts(1.9, 2.9), sysdig.add_ts("18446744073709551615", "2"), sysdig.subtract_ts("1", "2"))
  sysdig.set_snaplen(100); sysdig.set_output_format("ascii"); sysdig.set_fatfile_dump_mode(true); sysdig.log("hello", "info")
  names = {"evt.num","evt.time","evt.datetime","evt.rawtime","evt.rawtime.s","evt.reltime","evt.latency","evt.dir","evt.type","evt.cpu","evt.args","evt.arg[0]","evt.arg.fd","evt.rawarg.fd","evt.rawarg.res","evt.rawarg.data","evt.arg.data","evt.buffer","evt.buflen","evt.res","evt.rawres","evt.failed","evt.is_io","evt.is_io_read","evt.io_dir","evt.is_wait","evt.wait_latency","evt.count","evt.category","proc.pid","proc.name","proc.exe","proc.args","proc.env","proc.cmdline","proc.exeline","proc.cwd","proc.nthreads","proc.ppid","proc.pname","proc.apid[1]","proc.aname[1]","proc.apid","proc.aname","proc.loginshellid","proc.duration","proc.fdopencount","proc.fdlimit","proc.fdusage","proc.vmsize","proc.vmrss","thread.tid","thread.ismain","thread.cpu","user.uid","user.name","user.homedir","group.gid","group.name","container.id","container.name","fd.num","fd.type","fd.typechar","fd.name","fd.directory","fd.filename","fd.cip","fd.sip","fd.cport","fd.sport","fd.l4proto","fd.sockfamily","fd.is_server","fd.uid","fd.rip","fd.lip"}
  flds = {}
  for i, n in ipairs(names) do local ok, h = pcall(chisel.request_field, n) if ok then flds[i] = h end print(i, n, ok, type(h)) end
  chisel.set_interval_ns(300000000)
  return true
end
function on_capture_start()
  local m = sysdig.get_machine_info()
  print(m.num_cpus, m.memory_size_bytes, m.max_pid, m.hostname, sysdig.get_evtsource_name())
  print(sysdig.get_firstevent_ts(), sysdig.get_lastevent_ts())
  return true
end
cnt = 0
function on_event()
  cnt = cnt + 1
  if cnt % 7 == 0 then
    local s = {evt.get_num(), evt.get_type(), evt.get_cpuid()}
    local a, b = evt.get_ts(); s[#s+1] = a; s[#s+1] = b
    for i, n in ipairs(names) do if flds[i] then s[#s+1] = tostring(evt.field(flds[i])) end end
    print(table.concat(s, "|"))
  end
  return true
end
function on_interval(s, ns, d) print("interval", s, ns, d, evt.field(flds[1]), sysdig.get_lastevent_ts(), sysdig.get_read_progress() > 0) return true end
function on_capture_end(s, ns, d)
  print("end", s, ns, d, sysdig.get_firstevent_ts(), sysdig.get_lastevent_ts(), evt.field(flds[1]), evt.field(nil), evt.field(0))
  for _, tab in ipairs({sysdig.get_thread_table(), sysdig.get_thread_table("fd.type=ipv4"), sysdig.get_thread_table_nofds(), sysdig.get_thread_table_barebone(), sysdig.get_thread_table_barebone_nofds("proc.name=bash")}) do
    for tid, t in pairs(tab) do
      local k = {} for x in pairs(t) do k[#k+1] = x end table.sort(k)
      local s = tostring(tid)
      for _, x in ipairs(k) do local v = t[x]
        if type(v) ~= "table" then s = s .. " " .. x .. "=" .. tostring(v)
        elseif x == "fdtable" then for fd, f in pairs(v) do local q = {} for z, w in pairs(f) do q[#q+1] = z .. "=" .. tostring(w) end table.sort(q) s = s .. " [" .. fd .. ":" .. table.concat(q, ",") .. "]" end
        else s = s .. " " .. x .. "=" .. table.concat(v, ",") end end
      print(s)
    end
  end
  print(#sysdig.get_container_table())
  io.write("a", 1, 2.5, "\n"); io.stdout:write("b", "\n"); print(nil, true, 1e15, 0.1, 12345678901234567890, -0)
  print(string.format("%.2f %d %5s|%-5s|%x %q", 0.125, 3.7, "a", "b", 255, "q"))
end

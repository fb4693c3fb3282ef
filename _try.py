import datetime as dt, time, sys
t0=time.perf_counter()
from dialogs.load import load_library
from dialogs import check
lib=load_library("mettmann"); on=dt.date(2026,11,21)
print("load",time.perf_counter()-t0)
t=time.perf_counter(); e=check.examine(lib,on); print("examine",time.perf_counter()-t)
for f in (*e.findings,*e.remarks): print(f.code,f.where,f.what,f.days, f.person and f.person.words(lib.current(on)))
print(e.people,e.rules,e.invariants,len(e.ways.longest),len(e.ways.median))
t=time.perf_counter()
from dialogs.proof.day import Day
from dialogs.proof.boundaries import boundaries
d=Day(lib.current(on),on)
for b in boundaries(d):
    print(b.name,b.below,"|",b.above,b.facts,b.rule.id, b.sides and [(s.rule,s.dienst) for s in b.sides])
print(time.perf_counter()-t)

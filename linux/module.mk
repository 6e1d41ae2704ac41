# SPDX-License-Identifier: ISC
# Headers: linux/include/linux/x.h, included as "linux/x.h". What a bake does not want of a component falls to --gc-sections;
# what nobody can refer to (strace, stats) is a component of its own.

# Files (fs engineer).
$(eval $(call component,file,linux/fd.c linux/file.c linux/rw.c linux/stdio.c,abi lib kernel fs linux))

# Processes, signals, start-up: in every image.
$(eval $(call component,linux,linux/crash.c linux/debug.c linux/process.c linux/sigcalls.c linux/sigdeliver.c linux/signal.c linux/start.c \
	linux/syscall.c $(filter-out linux/x86_64/cpuinfo.c linux/x86_64/corefile.c,$(wildcard linux/x86_64/*.c)),abi lib kernel fs linux x86_64))

# Processes that have others.
$(eval $(call component,process,linux/child.c linux/execve.c linux/fork.c linux/reap.c,abi lib kernel fs linux))

# Threads.
$(eval $(call component,thread,linux/clone.c linux/futex.c linux/sched.c,abi lib kernel linux))

# Time.
$(eval $(call component,time,linux/clock.c linux/itimer.c,abi lib kernel linux))
$(eval $(call component,timer,linux/posix_timer.c,abi lib kernel linux))
$(eval $(call component,timerfd,linux/timerfd.c,abi lib kernel fs linux))
$(eval $(call component,signalfd,linux/signalfd.c,abi lib kernel fs linux))

# What a program asks about itself and the system.
$(eval $(call component,identity,linux/identity.c,abi lib kernel fs linux))
$(eval $(call component,system,linux/limits.c linux/system.c,abi lib kernel linux))

# How we see; nothing refers to them, a bake names them.
$(eval $(call component,names,linux/call_names.c,abi lib kernel linux))
$(eval $(call component,strace,linux/names_of.c $(wildcard linux/strace/*.c),abi lib kernel net linux))
$(eval $(call component,stats,linux/stats.c,abi lib kernel linux))
$(eval $(call component,core,linux/core.c linux/x86_64/corefile.c,abi lib kernel linux x86_64))
$(eval $(call component,boot-chart,linux/boot_chart.c,abi lib kernel linux x86_64))
$(eval $(call component,profile,linux/profile.c,abi lib kernel linux x86_64))
# Sockets (net engineer). netlink registers itself with net/sock.c.
$(eval $(call component,socket,linux/socket.c linux/sockaddr.c linux/sockmsg.c,abi lib kernel fs net linux))
$(eval $(call component,netlink,$(wildcard linux/netlink/*.c),abi lib kernel fs net linux))
$(eval $(call component,netproc,linux/proc/netproc.c,abi lib kernel fs net linux))
# Memory and programs (mm engineer).
$(eval $(call component,mm,linux/mm.c linux/madvise.c,abi lib kernel fs linux))
$(eval $(call component,exec,linux/elf.c linux/exec.c linux/stack.c,abi lib kernel linux))
$(eval $(call component,exec-file,linux/exec_file.c linux/exec_script.c,abi lib kernel fs linux))
# Terminals.
$(eval $(call component,tty,$(filter-out linux/tty/pty.c,$(wildcard linux/tty/*.c)),abi lib kernel fs linux))
$(eval $(call component,pty,linux/tty/pty.c,abi lib kernel fs linux))
$(eval $(call component,pidfd,linux/pidfd.c,abi lib kernel fs linux))
$(eval $(call component,shm,linux/ipc.c linux/shm.c,abi lib kernel fs linux))
$(eval $(call component,async,linux/async.c,abi lib kernel fs linux))
$(eval $(call component,execveat,linux/execveat.c,abi lib kernel fs linux))
$(eval $(call component,dev,linux/devtty.c,abi lib kernel fs linux))
$(eval $(call component,proc,$(filter-out linux/proc/netproc.c,$(wildcard linux/proc/*.c)) linux/x86_64/cpuinfo.c,abi lib kernel fs linux))
$(eval $(call component,epoll,linux/epoll.c,abi lib kernel fs linux))
$(eval $(call component,eventfd,linux/eventfd.c,abi lib kernel fs linux))
$(eval $(call component,memfd,linux/memfd.c,abi lib kernel fs linux))
$(eval $(call component,pipe,linux/pipe.c,abi lib kernel fs linux))
$(eval $(call component,sendfile,linux/sendfile.c,abi lib kernel fs linux))
$(eval $(call component,splice,linux/splice.c,abi lib kernel fs linux))
$(eval $(call component,poll,linux/poll.c linux/poller.c linux/select.c,abi lib kernel fs linux))
$(eval $(call component,vfs,linux/at.c linux/attr.c linux/dir.c linux/fifo.c linux/lock.c linux/mount.c linux/names.c linux/open.c linux/stat.c linux/xattr.c,\
	abi lib kernel fs linux))

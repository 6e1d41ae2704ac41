# SPDX-License-Identifier: ISC
# For real_perl.sh: what perl and its core modules ask of the system.
use strict; use warnings;
use threads; use Thread::Queue;
use Digest::SHA 'sha256_hex'; use Errno; use Fcntl ':flock'; use File::Find; use File::Temp 'tempdir'; use IO::Select; use IO::Socket::INET;
use IO::Socket::UNIX; use IPC::Open2; use IPC::Open3; use POSIX qw(:sys_wait_h); use Socket; use Storable; use Time::HiRes qw(sleep alarm);
$| = 1;
my $d = tempdir(CLEANUP => 1);

print "== threads\n";
my $q = Thread::Queue->new;
my @t = map { threads->create(sub { my $s = 0; while (defined(my $x = $q->dequeue)) { $s += $x } $s }) } 1 .. 4;
$q->enqueue($_) for 1 .. 500;
$q->end;
my $sum = 0;
$sum += $_->join for @t;
print "$sum\n";

print "== sockets\n";
my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!;
my $pid = fork // die;
if (!$pid) {
	my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1:' . $s->sockport) or die;
	print $c "from a child\n";
	print scalar <$c>;
	POSIX::_exit(3);
}
my $c = $s->accept;
print scalar <$c>;
print $c "and back\n";
close $c;
waitpid $pid, 0;
print $? >> 8, "\n";
my $u = IO::Socket::UNIX->new(Local => "$d/socket", Listen => 1) or die;
if (!fork) { my $c = IO::Socket::UNIX->new(Peer => "$d/socket"); print $c "a local one\n"; POSIX::_exit(0) }
$c = $u->accept;
print scalar <$c>;
wait;
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC);
syswrite $a, 'x';
print scalar(IO::Select->new($b)->can_read(10)), "\n";

print "== programs\n";
my $p = open3(my $in, my $out, undef, 'sh', '-c', 'read x; echo out $x; echo err >&2; exit 9');
print $in "input\n";
close $in;
print sort <$out>;
waitpid $p, 0;
print $? >> 8, "\n";
open2(my $o2, my $i2, 'sort', '-r');
print $i2 "a\nb\n";
close $i2;
print <$o2>;
wait;
print `echo of a command; exit 5`, $? >> 8, "\n";
system 'kill -9 $$';
print $? & 127, "\n";
open my $ph, '|-', 'tr a-z A-Z' or die;
print $ph "piped\n";
close $ph;
no warnings 'exec';
print system('/none') == -1 && $!{ENOENT} ? "none\n" : "?\n";

print "== signals\n";
$SIG{ALRM} = sub { die "alarm\n" };
eval { alarm 0.05; sleep 60 };
print $@;
$SIG{USR1} = sub { print "usr1\n" };
kill USR1 => $$;
$SIG{CHLD} = 'IGNORE';
POSIX::_exit(0) if !fork;
print wait, "\n";
$SIG{CHLD} = 'DEFAULT';
if (!($pid = fork)) { sleep 60; POSIX::_exit(0) }
kill STOP => $pid;
waitpid $pid, WUNTRACED;
print WIFSTOPPED(${^CHILD_ERROR_NATIVE}) ? "stopped\n" : "?\n";
kill KILL => $pid;
waitpid $pid, 0;
print WTERMSIG($?), "\n";

print "== files\n";
open my $f, '+>', "$d/f" or die;
flock $f, LOCK_EX;
if (!fork) { open my $g, '<', "$d/f"; print flock($g, LOCK_EX | LOCK_NB) ? "locked\n" : "busy\n"; POSIX::_exit(0) }
wait;
store { a => [1, 2] }, "$d/stored";
print retrieve("$d/stored")->{a}[1], ' ', sha256_hex('x'), "\n";
my @found;
find(sub { push @found, $_ if -f }, $d);
print join(' ', sort @found), "\n";
rename "$d/f", "$d/g" or die;
symlink 'g', "$d/link";
print readlink("$d/link"), ' ', -l "$d/link" ? 1 : 0, ' ', utime(1, 2, "$d/g"), ' ', (stat "$d/g")[9], "\n";
unlink "$d/none" or print "$!\n";
my $text = 'x' x 5_000_000;
print length($text . $text), "\n";
exec 'sh', '-c', 'exit 11';

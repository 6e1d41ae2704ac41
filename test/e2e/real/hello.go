// SPDX-License-Identifier: ISC
// For real_go.sh: what Go's runtime asks of the system: preemption by signals, futexes, its poller, splice.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func listen(serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		for {
			c, err := l.Accept()
			check(err)
			go serve(c)
		}
	}()
	return l.Addr().String()
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		n, _ := io.Copy(os.Stdout, os.Stdin)
		os.Exit(int(n))
	}
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	ch := make(chan int)
	for i := 0; i < 200; i++ {
		wg.Add(1)
		go func(i int) { defer wg.Done(); ch <- i * i }(i)
	}
	go func() { wg.Wait(); close(ch) }()
	sum := 0
	for v := range ch {
		sum += v
	}
	fmt.Println("goroutines", sum)

	var stop int32
	for i := 0; i < 4; i++ {
		go func() {
			for n := 0; atomic.LoadInt32(&stop) == 0; n++ {
			}
		}()
	}
	runtime.GC()
	atomic.StoreInt32(&stop, 1)
	fmt.Println("loops are stopped for a collection")
	var keep [][]byte
	for i := 0; i < 1000; i++ {
		b := make([]byte, 65536)
		if i%100 == 0 {
			keep = append(keep, b)
		}
	}
	fmt.Println("kept", len(keep))

	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	check(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	fmt.Println(<-c)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var p *int
		*p = 1
	}()

	echo := listen(func(c net.Conn) { io.Copy(c, c); c.Close() })
	proxy := listen(func(c net.Conn) {
		d, err := net.Dial("tcp", echo)
		check(err)
		go func() { io.Copy(d, c); d.(*net.TCPConn).CloseWrite() }()
		io.Copy(c, d)
		c.Close()
	})
	data := bytes.Repeat([]byte("0123456789"), 50000)
	var same int32
	for i := 0; i < 5; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.Dial("tcp", proxy)
			check(err)
			go func() { c.Write(data); c.(*net.TCPConn).CloseWrite() }()
			got, err := io.ReadAll(c)
			if err == nil && bytes.Equal(got, data) {
				atomic.AddInt32(&same, 1)
			}
		}()
	}
	wg.Wait()
	fmt.Println("through a proxy", same)

	cmd := exec.Command("/proc/self/exe", "child")
	cmd.Stdin = bytes.NewBufferString("hello")
	out, err := cmd.Output()
	fmt.Println(string(out), err)
	_, err = os.ReadFile("/none")
	fmt.Println(err)
	t := time.NewTicker(time.Millisecond)
	for i := 0; i < 5; i++ {
		<-t.C
	}
	if c, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Minute); err == nil {
		c.Close()
	} else {
		fmt.Println(err)
	}
	if len(os.Args) > 1 {
		var m map[string]int
		m["none"] = 1
	}
	os.Exit(3)
}

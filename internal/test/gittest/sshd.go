package gittest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// SSHOptions says how an SSH server behaves. The zero value has an ed25519 host key and lets
// clients in that have [SSHServer.Key].
type SSHOptions struct {
	HostKeys []string // types of ssh-keygen; "ed25519" by default
	// Config is further lines of sshd_config(5). They go before the server's own, so that they win.
	Config string
	// V0Only makes the server drop GIT_PROTOCOL, as an sshd without AcceptEnv does.
	V0Only bool
	// NoFilter makes git on the server offer no partial clones.
	NoFilter bool
	// CommitsOnly makes the server refuse a fetch of anything but commits that references lead to,
	// and tags.
	CommitsOnly bool
	// Command is a shell script that runs in place of the client's command, which is in
	// $SSH_ORIGINAL_COMMAND.
	Command string
	// Repositories is the directory that relative paths begin at; "" for a server without
	// repositories, such as a jump host.
	Repositories string
}

// SSHServer is a real sshd behind a relay that counts and can cut connections. It is safe for
// concurrent use.
type SSHServer struct {
	Dir      string // with the host keys (host_ed25519), their certificates and the user's key
	Key      string // the file of a private key that is let in
	User     string // who logs in
	sshd     string
	listener net.Listener
	log      syncedBuffer

	serving sync.WaitGroup
	conns   atomic.Int64
	bytes   atomic.Int64 // that the server sent

	mu      sync.Mutex // guards the fields below
	stopped bool
	open    []net.Conn
	cutAt   int64 // bytes from now on after which the next connection that sends them is cut; 0: never
}

// syncedBuffer is a log that several processes write.
type syncedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends to the log.
func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// NewSSH starts an SSH server for a test, which serves the repositories of s over the same paths.
// It stops when the test ends. Where OpenSSH is not installed the test is skipped, and fails if CI
// is set.
func (s *Server) NewSSH(t testing.TB, o SSHOptions) *SSHServer {
	t.Helper()
	o.Repositories = s.root
	o.NoFilter = o.NoFilter || s.options.NoFilter
	o.V0Only = o.V0Only || s.options.V0Only
	o.CommitsOnly = o.CommitsOnly || s.options.CommitsOnly
	return NewSSH(t, o)
}

// NewSSH starts an SSH server for a test.
func NewSSH(t testing.TB, o SSHOptions) *SSHServer {
	t.Helper()
	x, err := startSSH(t, o)
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skipf("an SSH server is needed: install openssh-server: %v", err)
	}
	if err != nil {
		t.Fatalf("start an SSH server: %v", err)
	}
	t.Cleanup(func() {
		x.stop()
		if t.Failed() {
			x.log.mu.Lock()
			defer x.log.mu.Unlock()
			t.Logf("sshd:\n%s", x.log.buf.String())
		}
	})
	return x
}

// startSSH makes the keys and the configuration of an SSH server, and accepts connections.
func startSSH(t testing.TB, o SSHOptions) (*SSHServer, error) {
	sshd, err := findSSHD()
	if err != nil {
		return nil, err
	}
	user, err := currentUser()
	if err != nil {
		return nil, err
	}
	x := &SSHServer{Dir: t.TempDir(), User: user, sshd: sshd}
	x.Key = filepath.Join(x.Dir, "id")
	if err := KeyGen(x.Key, "-t", "ed25519"); err != nil {
		return nil, err
	}
	if err := x.Authorize(x.Key + ".pub"); err != nil {
		return nil, err
	}
	if len(o.HostKeys) == 0 {
		o.HostKeys = []string{"ed25519"}
	}
	for _, kind := range o.HostKeys {
		if err := KeyGen(filepath.Join(x.Dir, "host_"+kind), "-t", kind); err != nil {
			return nil, err
		}
	}
	if err := x.configure(o); err != nil {
		return nil, err
	}
	if x.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go x.accept()
	return x, nil
}

// findSSHD finds sshd, which has to be started by its full name and is not always on PATH.
func findSSHD() (string, error) {
	for _, name := range []string{"sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("sshd: %w", exec.ErrNotFound)
}

func currentUser() (string, error) {
	out, err := exec.Command("id", "-un").Output()
	return strings.TrimSpace(string(out)), err
}

// KeyGen makes a key pair without a passphrase, or as further arguments of ssh-keygen say.
func KeyGen(file string, args ...string) error {
	args = append([]string{"-q", "-C", "", "-f", file}, args...)
	if !slices.Contains(args, "-N") {
		args = append(args, "-N", "")
	}
	return KeyTool(args...)
}

// KeyTool runs ssh-keygen.
func KeyTool(args ...string) error {
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// Authorize lets the owner of a public key in.
func (x *SSHServer) Authorize(publicKeyFile string) error {
	line, err := os.ReadFile(publicKeyFile)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(x.Dir, "authorized_keys"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Close())
}

func (x *SSHServer) configure(o SSHOptions) error {
	var b strings.Builder
	b.WriteString(o.Config + "\n")
	for _, kind := range o.HostKeys {
		fmt.Fprintf(&b, "HostKey %s\n", filepath.Join(x.Dir, "host_"+kind))
	}
	// With a SHLVL of 2, bash runs a command without the user's .bashrc.
	fmt.Fprintf(&b, "SetEnv SHLVL=2\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nLogLevel VERBOSE\nPermitRootLogin yes\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitUserRC no\nPrintMotd no\n", filepath.Join(x.Dir, "authorized_keys"))
	if !o.V0Only {
		b.WriteString("AcceptEnv GIT_PROTOCOL\n")
	}
	if o.Repositories != "" {
		script := filepath.Join(x.Dir, "command")
		fmt.Fprintf(&b, "ForceCommand /bin/sh %s\n", script)
		if err := os.WriteFile(script, []byte(x.script(o)), 0o600); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 { // where sshd keeps its unprivileged half; packages make it when the service starts
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(x.Dir, "sshd_config"), []byte(b.String()), 0o600)
}

// script returns the shell script that records the client's command and runs it in the environment
// that git has here.
func (x *SSHServer) script(o SSHOptions) string {
	var b strings.Builder
	fmt.Fprintf(&b, "cd '%s' || exit 1\n", o.Repositories)
	for _, assign := range Env("HOME=" + o.Repositories) {
		if name, value, _ := strings.Cut(assign, "="); name != "PATH" || value != "" {
			fmt.Fprintf(&b, "export %s='%s'\n", name, value)
		}
	}
	if o.NoFilter {
		b.WriteString("export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=uploadpack.allowFilter GIT_CONFIG_VALUE_0=false\n")
	}
	fmt.Fprintf(&b, "printf '%%s\\n' \"$SSH_ORIGINAL_COMMAND\" >>'%s'\n", filepath.Join(x.Dir, "commands"))
	if o.Command != "" {
		b.WriteString(o.Command + "\n")
	}
	if o.CommitsOnly {
		fmt.Fprintf(&b, "%s=\"$SSH_ORIGINAL_COMMAND\" exec '%s'\n", commitsOnlyCommand, os.Args[0])
	}
	b.WriteString("exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n")
	return b.String()
}

// accept runs an sshd for each connection, as inetd does.
func (x *SSHServer) accept() {
	for {
		conn, err := x.listener.Accept()
		if err != nil {
			return
		}
		x.conns.Add(1)
		x.mu.Lock()
		if x.stopped {
			_ = conn.Close()
		} else {
			x.open = append(x.open, conn)
			x.serving.Go(func() { x.serve(conn) })
		}
		x.mu.Unlock()
	}
}

func (x *SSHServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	cmd := exec.Command(x.sshd, "-i", "-e", "-f", filepath.Join(x.Dir, "sshd_config"))
	cmd.Stderr = &x.log
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	cmd.Stdout = &relayed{server: x, conn: conn}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(&x.log, "start sshd: %v\n", err)
		return
	}
	go func() {
		_, _ = io.Copy(in, conn)
		_ = in.Close()
	}()
	_ = cmd.Wait() // an error is in its log
}

// relayed writes the server's bytes to the client, up to the byte at which the connection is cut.
type relayed struct {
	server *SSHServer
	conn   net.Conn
}

// Write sends p, or the part of it before the cut, and then closes the connection.
func (r *relayed) Write(p []byte) (int, error) {
	x := r.server
	x.mu.Lock()
	cut := x.cutAt > 0 && x.bytes.Load()+int64(len(p)) >= x.cutAt
	if cut {
		p = p[:max(0, x.cutAt-x.bytes.Load())]
		x.cutAt = 0
	}
	x.mu.Unlock()
	if cut {
		x.bytes.Add(int64(len(p)))
		_, _ = r.conn.Write(p)
		_ = r.conn.Close()
		return len(p), net.ErrClosed
	}
	x.bytes.Add(int64(len(p)))
	return r.conn.Write(p)
}

// CutAfter cuts a connection once the server has sent n more bytes.
func (x *SSHServer) CutAfter(n int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cutAt = x.bytes.Load() + n
}

// Drop cuts all connections.
func (x *SSHServer) Drop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.open {
		_ = c.Close()
	}
	x.open = nil
}

// Connections returns the number of TCP connections so far.
func (x *SSHServer) Connections() int { return int(x.conns.Load()) }

// Commands are the commands that clients asked for.
func (x *SSHServer) Commands(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(x.Dir, "commands"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// Addr is host:port of the server.
func (x *SSHServer) Addr() string { return x.listener.Addr().String() }

// Port returns the port on which the server listens, on 127.0.0.1.
func (x *SSHServer) Port() string {
	_, port, _ := net.SplitHostPort(x.Addr())
	return port
}

// URL is the address of a repository of the server that was started with it.
func (x *SSHServer) URL(r *Repo) string { return "ssh://" + x.User + "@" + x.Addr() + r.Dir }

// PublicHostKey is a public host key: "ssh-ed25519 AAAA…".
func (x *SSHServer) PublicHostKey(t testing.TB, kind string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(x.Dir, "host_"+kind+".pub"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// KnownHosts is the line of known_hosts for a host key, "ed25519" by default.
func (x *SSHServer) KnownHosts(t testing.TB, kinds ...string) string {
	t.Helper()
	if len(kinds) == 0 {
		kinds = []string{"ed25519"}
	}
	var lines strings.Builder
	for _, kind := range kinds {
		fmt.Fprintf(&lines, "[127.0.0.1]:%s %s\n", x.Port(), x.PublicHostKey(t, kind))
	}
	return lines.String()
}

func (x *SSHServer) stop() {
	_ = x.listener.Close()
	x.mu.Lock()
	x.stopped = true
	x.mu.Unlock()
	x.Drop()
	x.serving.Wait()
}

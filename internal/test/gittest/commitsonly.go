package gittest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// commitsOnlyCommand holds, in the environment of a test's program that sshd has started, the
// command that a client asked for. The program runs it then, in place of tests, and stands between
// the two.
const commitsOnlyCommand = "NANOGIT_GITTEST_COMMITS_ONLY"

func init() {
	if command := os.Getenv(commitsOnlyCommand); command != "" {
		_ = os.Unsetenv(commitsOnlyCommand)
		os.Exit(serveCommitsOnly(command))
	}
}

// serveCommitsOnly runs a command of a client and passes on its requests. It ends with an error
// that wants something else than a commit that a reference leads to, or a tag.
func serveCommitsOnly(command string) int {
	service, directory, _ := strings.Cut(command, " ")
	cmd := exec.Command("/bin/sh", "-c", command) // #nosec G204 -- as sshd does
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	refused := make(chan string, 1)
	go func() {
		defer func() { _ = in.Close() }()
		if service != UploadPack {
			_, _ = io.Copy(in, os.Stdin)
			return
		}
		if id := passRequests(in, os.Stdin, strings.Trim(directory, "'")); id != "" {
			refused <- id
			_ = cmd.Process.Kill()
		}
	}()
	err = cmd.Wait()
	select {
	case id := <-refused:
		line := fmt.Sprintf("ERR want %s not valid", id)
		fmt.Printf("%04x%s", len(line)+4, line)
		return 128
	default:
	}
	if err != nil {
		return max(1, cmd.ProcessState.ExitCode())
	}
	return 0
}

// passRequests passes on the lines of requests, and stops at a want of something that is not handed
// out, whose id it returns. A request is passed on as a whole.
func passRequests(to io.Writer, from io.Reader, directory string) (refused string) {
	var request bytes.Buffer
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(from, head); err != nil {
			_, _ = request.WriteTo(to)
			return ""
		}
		n, err := strconv.ParseUint(string(head), 16, 16)
		if err != nil {
			return ""
		}
		line := make([]byte, max(4, n)-4)
		if _, err := io.ReadFull(from, line); err != nil {
			return ""
		}
		whole := slices.Concat(head, line)
		request.Write(whole)
		if m := want.FindSubmatch(whole); m != nil && !handedOut(directory, string(m[1])) {
			return string(m[1])
		}
		if n < 4 || bytes.HasPrefix(line, []byte("done")) {
			if _, err := request.WriteTo(to); err != nil {
				return ""
			}
		}
	}
}

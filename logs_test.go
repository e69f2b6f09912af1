package main

import (
	"os"
	"strings"
	"testing"
)

func TestTheFrameworksLogIsOffUnlessSomebodyReadsIt(t *testing.T) {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "TF_LOG") {
			t.Setenv(name, "")
		}
	}
	for _, name := range append(sdkLogs, "TF_LOG", "TF_LOG_PROVIDER_NANOGIT") {
		t.Setenv(name, "")
	}
	t.Setenv("TF_LOG_PROVIDER_NANOGIT", "debug")
	if err := spareLogs(); err != nil || os.Getenv("TF_LOG_SDK") != "" {
		t.Errorf("with a level set: %v, TF_LOG_SDK is %q", err, os.Getenv("TF_LOG_SDK"))
	}
	t.Setenv("TF_LOG_PROVIDER_NANOGIT", "")
	if err := spareLogs(); err != nil {
		t.Fatal(err)
	}
	for _, name := range sdkLogs {
		if got := os.Getenv(name); got != "OFF" {
			t.Errorf("%s is %q", name, got)
		}
	}
}

package main

import (
	"os"
	"strings"
)

// sdkLogs are the variables that set the levels of the plugin framework's own log.
var sdkLogs = []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"}

// spareLogs switches the plugin framework's own log off when no TF_LOG variable is set. Without a
// level the framework writes a line for each attribute of each value, tens of thousands for a large
// map, to an engine that drops them; that costs more time and memory than all that the provider
// does. Any TF_LOG variable leaves everything as it is.
func spareLogs() error {
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "TF_LOG") && value != "" {
			return nil
		}
	}
	for _, name := range sdkLogs {
		if err := os.Setenv(name, "OFF"); err != nil {
			return err
		}
	}
	return nil
}

package filecontent

import "golang.org/x/sys/unix"

// madeUp reports whether a file is on a file system that the kernel makes up: proc(5), sysfs(5),
// and those for debugging and tracing.
func madeUp(name string) bool {
	var on unix.Statfs_t
	if unix.Statfs(name, &on) != nil {
		return false // opening it says more
	}
	switch int64(on.Type) { //nolint:unconvert // another type on other processors
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC:
		return true
	}
	return false
}

package provider_test

import (
	"os"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

# What `make demo` applies first: a web site and its deployment, as files of a Git repository.

terraform {
  required_providers {
    nanogit = { source = "nanogit/nanogit" }
  }
}

variable "url" {
  description = "The repository; make demo starts a Git server for it."
  type        = string
}

provider "nanogit" {
  url    = var.url
  branch = "main"

  commit = {
    author = { name = "Platform Team", email = "platform@example.com" }
  }
}

locals {
  regions = {
    eu-west  = { replicas = 3 }
    us-east  = { replicas = 2 }
    ap-south = { replicas = 1 }
  }
}

resource "nanogit_file" "region" {
  for_each = local.regions

  path    = "deploy/${each.key}.yaml"
  content = yamlencode(each.value)
}

resource "nanogit_file" "guide" {
  path    = "docs/guide.md"
  content = "# Guide\n\nEverything in deploy/ is written by Terraform.\n"
}

resource "nanogit_file" "check" {
  path    = "bin/check"
  mode    = "100755"
  content = "#!/bin/sh\nexec grep -q replicas deploy/*.yaml\n"
}

resource "nanogit_file" "current" {
  path    = "deploy/current.yaml"
  mode    = "120000"
  content = "eu-west.yaml"
}

terraform {
  required_providers {
    nanogit = {
      source = "nanogit/nanogit"
    }
  }
}

variable "git_token" {
  type      = string
  sensitive = true
}

provider "nanogit" {
  url    = "https://github.com/example/infrastructure"
  branch = "main"

  auth = {
    token = var.git_token # or NANOGIT_TOKEN in the environment
  }

  commit = {
    author   = { name = "Platform Team", email = "platform@example.com" }
    trailers = { "Managed-By" = "Terraform" }
  }
}

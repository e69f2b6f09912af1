# Values for `terraform test` with mock_provider "nanogit". Copy this file into your module, as
# tests/nanogit/nanogit.tfmock.hcl. An attribute that your configuration sets keeps its own value.

mock_resource "nanogit_file" {
  defaults = {
    id                  = "main:README.md"
    repository          = "https://git.example.com/example/repository"
    branch              = "main"
    mode                = "100644"
    line_endings        = "as_is"
    overwrite_on_create = false
    allow_lfs_overwrite = false
    seed_only           = false
    on_destroy          = "delete"
    commit_message      = ""
    blob_id             = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    size                = 0
    commit_id           = "1111111111111111111111111111111111111111"
  }
}

mock_resource "nanogit_files" {
  defaults = {
    id                  = "main:"
    repository          = "https://git.example.com/example/repository"
    branch              = "main"
    prefix              = ""
    prune               = "managed"
    overwrite_on_create = false
    on_destroy          = "delete"
    commit_message      = ""
    blob_ids            = { "README.md" = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" }
    commit_id           = "1111111111111111111111111111111111111111"
    tree_id             = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    diff                = ""
  }
}

mock_resource "nanogit_commit" {
  defaults = {
    repository      = "https://git.example.com/example/repository"
    branch          = "main"
    message         = ""
    author          = { name = "Terraform", email = "terraform@nanogit.invalid" }
    committer       = { name = "Terraform", email = "terraform@nanogit.invalid" }
    trailers        = {}
    push_options    = []
    allow_empty     = false
    on_destroy      = "keep"
    commit_id       = "1111111111111111111111111111111111111111"
    parent_id       = "2222222222222222222222222222222222222222"
    tree_id         = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    additions       = 1
    modifications   = 0
    deletions       = 0
    remote_messages = []
    diff            = ""
  }
}

mock_resource "nanogit_branch" {
  defaults = {
    id            = "main"
    repository    = "https://git.example.com/example/repository"
    from          = "HEAD"
    adopt         = false
    initialize    = false
    on_destroy    = "delete"
    force_destroy = false
    commit_id     = "1111111111111111111111111111111111111111"
  }
}

mock_resource "nanogit_tag" {
  defaults = {
    id         = "v1.0.0"
    repository = "https://git.example.com/example/repository"
    target     = "HEAD"
    tagger     = { name = "Terraform", email = "terraform@nanogit.invalid" }
    signed     = false
    movable    = false
    on_destroy = "delete"
    object_id  = "3333333333333333333333333333333333333333"
    commit_id  = "1111111111111111111111111111111111111111"
  }
}

mock_data "nanogit_repository" {
  defaults = {
    repository        = "https://git.example.com/example/repository"
    default_branch    = "main"
    is_empty          = false
    object_format     = "sha1"
    protocol_version  = 2
    capabilities      = ["ls-refs=unborn", "fetch=shallow filter", "object-format=sha1"]
    push_capabilities = ["report-status", "delete-refs", "ofs-delta", "atomic"]
    can_write         = true
  }
}

# The commit that a release tag stands for.
data "nanogit_commit" "release" {
  ref = "v1.4.0"
}

# A check that the head of the default branch is signed. It does not verify the signature.
check "signed" {
  assert {
    condition     = data.nanogit_commit.head.signature_kind == "ssh"
    error_message = "Commit ${data.nanogit_commit.head.commit_id} has no SSH signature."
  }
}

data "nanogit_commit" "head" {}

output "release" {
  value = {
    commit    = data.nanogit_commit.release.commit_id
    subject   = data.nanogit_commit.release.subject
    date      = data.nanogit_commit.release.committer.date
    reviewers = lookup(data.nanogit_commit.release.trailers, "Reviewed-by", [])
  }
}

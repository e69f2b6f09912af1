# The last commit of a branch of the provider's repository.
terraform import nanogit_commit.deploy main

# A commit of the branch.
terraform import nanogit_commit.deploy main:4f2a7c1e9d3b5a6f8e0c1d2b3a4f5e6d7c8b9a0f

# In another repository.
terraform import nanogit_commit.site 'https://github.com/example/website#content'

"""One comment on one pull request, in place: GitHub and GitLab over one HTTP client."""

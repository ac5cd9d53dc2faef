variable "REGISTRY" {
  default = "registry.example.org/postbox"
}

variable "VERSION" {
  type    = string
  default = "dev"
}

variable "SERVICES" {
  default = ["api", "worker"]
}

function "tags" {
  params          = [name]
  variadic_params = more
  result          = [for version in concat([VERSION], more) : "${REGISTRY}/${lower(name)}:${version}"]
}

group "default" {
  targets = ["service", "docs"]
}

target "_python" {
  args = {
    PYTHON = "3.14"
    EXTRA  = VERSION == "dev" ? "debug" : ""
  }
  contexts = {
    base   = "target:base"
    shared = "shared"
  }
}

target "service" {
  name       = "service-${service}"
  matrix     = { service = SERVICES }
  inherits   = ["_python"]
  context    = "services/${service}"
  dockerfile = "../Dockerfile"
  tags       = tags(service, "latest")
}

target "base" {
  context = "base"
}

target "docs" {
  context           = "docs"
  dockerfile-inline = <<-EOT
    FROM scratch
    COPY . /manual
  EOT
  args = {
    BUILT = timestamp()
  }
}

variable "name" {
  description = "The name of load balancer, target group and security group: up to 32 letters, digits and hyphens."
  type        = string
  default     = "claviger"
}

variable "region" {
  description = "The Region of the key store, which is that of the provider: AWS KMS reaches endpoint services of its own Region only."
  type        = string
}

variable "vpc_id" {
  description = "The VPC that the hosts are in, or are reached from."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets for the load balancer, each in another Availability Zone. AWS KMS wants two or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "AWS KMS refuses an endpoint service with fewer than two Availability Zones: name two subnets or more."
  }
}

variable "hosts" {
  description = "The hosts: a name of your own, and the IPv4 address. Addresses outside the VPC need availability_zone = \"all\"."
  type = map(object({
    address           = string
    availability_zone = optional(string)
  }))

  validation {
    condition     = length(var.hosts) >= 2
    error_message = "With one host every restart is an outage: name two or more."
  }
}

variable "private_dns_name" {
  description = "The host name of XksProxyUriEndpoint, the common name of the hosts' certificate. No other endpoint service may have it."
  type        = string

  validation {
    condition     = !startswith(var.private_dns_name, "*") && !startswith(var.private_dns_name, "https:")
    error_message = "A host name, without https:// and without a wildcard."
  }
}

variable "public_zone_id" {
  description = "The public Route 53 zone of the domain, for the record that shows that the domain is yours. Without it publish the record of the output private_dns_verification by hand."
  type        = string
  default     = null
}

variable "key_store_accounts" {
  description = "Other accounts whose key stores may use the service."
  type        = set(string)
  default     = []
}

variable "probe_port" {
  description = "The port of server.probe_listen on the hosts."
  type        = number
  default     = 8080
}

variable "lame_duck_seconds" {
  description = "server.lame_duck_seconds of the hosts: long enough for two failed checks, ten seconds apart, and new connections that come meanwhile."
  type        = number
  default     = 30

  validation {
    condition     = var.lame_duck_seconds >= 30
    error_message = "The load balancer needs 20 s to notice: 30 or more."
  }
}

variable "proxy_protocol" {
  description = "Whether hosts are told the address of AWS KMS's endpoint. They need server.proxy_protocol with the subnets of the load balancer, and refuse connections without it then."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of everything that has tags."
  type        = map(string)
  default     = {}
}

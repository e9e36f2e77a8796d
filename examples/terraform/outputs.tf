output "vpc_endpoint_service_name" {
  description = "XksProxyVpcEndpointServiceName of the key store."
  value       = aws_vpc_endpoint_service.this.service_name
}

output "xks_proxy_uri_endpoint" {
  description = "XksProxyUriEndpoint of the key store."
  value       = "https://${var.private_dns_name}"
}

output "private_dns_verification" {
  description = "The record that the public zone of the domain needs, when public_zone_id is not given."
  value       = aws_vpc_endpoint_service.this.private_dns_name_configuration
}

output "security_group_id" {
  description = "The hosts let 443 and the probe's port in from this group."
  value       = aws_security_group.this.id
}

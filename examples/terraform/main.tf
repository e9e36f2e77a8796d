# From AWS KMS to hosts of Claviger, by a VPC endpoint service: README.md in this folder.

# Sends each connection on as it is: the host ends TLS.
resource "aws_lb" "this" {
  name               = var.name
  internal           = true
  load_balancer_type = "network"
  ip_address_type    = "ipv4"
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]

  # AWS KMS comes by PrivateLink, from addresses that it does not publish. Nobody else
  # may come: the group has no inbound rule.
  enforce_security_group_inbound_rules_on_private_link_traffic = "off"

  # A zone whose hosts are all away is served by those of the others.
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = true
  tags                             = var.tags
}

resource "aws_security_group" "this" {
  name        = var.name
  description = "From the load balancer to hosts of Claviger"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_egress_rule" "requests" {
  for_each          = var.hosts
  security_group_id = aws_security_group.this.id
  description       = "Requests to ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "${each.value.address}/32"
}

resource "aws_vpc_security_group_egress_rule" "probes" {
  for_each          = var.hosts
  security_group_id = aws_security_group.this.id
  description       = "Health checks of ${each.key}"
  ip_protocol       = "tcp"
  from_port         = var.probe_port
  to_port           = var.probe_port
  cidr_ipv4         = "${each.value.address}/32"
}

resource "aws_lb_target_group" "this" {
  name              = var.name
  vpc_id            = var.vpc_id
  target_type       = "ip"
  protocol          = "TCP"
  port              = 443
  proxy_protocol_v2 = var.proxy_protocol
  # By PrivateLink the address of the client is one of the load balancer's in any case.
  preserve_client_ip = false
  # Connections of a host that is taken out go on until it has drained.
  deregistration_delay   = var.lame_duck_seconds + 30
  connection_termination = false

  # A host in its lame duck is unhealthy, and still answers: unless told otherwise the load
  # balancer would reset its connections, with the requests on them.
  target_health_state {
    enable_unhealthy_connection_termination = false
    unhealthy_draining_interval             = var.lame_duck_seconds
  }

  # "Ready", not "a port is open": a host that is about to stop, or cannot serve, says 503.
  health_check {
    protocol            = "HTTP"
    port                = var.probe_port
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    timeout             = 6
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  tags = var.tags
}

resource "aws_lb_target_group_attachment" "this" {
  for_each          = var.hosts
  target_group_arn  = aws_lb_target_group.this.arn
  target_id         = each.value.address
  port              = 443
  availability_zone = each.value.availability_zone
}

# AWS KMS always dials 443.
resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "TCP"
  tags              = var.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_vpc_endpoint_service" "this" {
  network_load_balancer_arns = [aws_lb.this.arn]
  acceptance_required        = false
  private_dns_name           = var.private_dns_name
  supported_ip_address_types = ["ipv4"]
  tags                       = var.tags
}

resource "aws_vpc_endpoint_service_allowed_principal" "aws_kms" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.this.id
  principal_arn           = "cks.kms.${var.region}.amazonaws.com"
}

resource "aws_vpc_endpoint_service_allowed_principal" "accounts" {
  for_each                = var.key_store_accounts
  vpc_endpoint_service_id = aws_vpc_endpoint_service.this.id
  principal_arn           = "arn:aws:iam::${each.value}:root"
}

# Shows AWS that the domain is yours. It has to be in the public zone, although the name
# itself resolves in private only.
resource "aws_route53_record" "verification" {
  count   = var.public_zone_id == null ? 0 : 1
  zone_id = var.public_zone_id
  name    = "${aws_vpc_endpoint_service.this.private_dns_name_configuration[0].name}.${var.private_dns_name}"
  type    = aws_vpc_endpoint_service.this.private_dns_name_configuration[0].type
  ttl     = 300
  records = [aws_vpc_endpoint_service.this.private_dns_name_configuration[0].value]
}

resource "aws_vpc_endpoint_service_private_dns_verification" "this" {
  count                 = var.public_zone_id == null ? 0 : 1
  service_id            = aws_vpc_endpoint_service.this.id
  wait_for_verification = true
  depends_on            = [aws_route53_record.verification]
}

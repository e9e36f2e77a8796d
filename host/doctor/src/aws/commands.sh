#!/usr/bin/env bash
# Reads what `claviger doctor --aws DIR` looks at. It changes nothing: every command
# describes, gets or looks up. Run it with credentials for the account of the key
# store, and of the endpoint service if that is another one:
#
#   bash THIS_FILE DIR [--region REGION] [--profile PROFILE]
#
# For an endpoint service that no key store uses yet, set SERVICE_NAME to its name.
# What fails, for example for want of a permission, is left out; the checks that
# need it then say "cannot tell".
set -u
dir=${1:?"usage: bash $0 DIR [options of aws]"}
shift
options=("$@")
mkdir -p "$dir"

# read_into NAME COMMAND...: writes the answer to DIR/NAME.json.
read_into() {
    local name=$1
    shift
    if aws "$@" ${options[@]+"${options[@]}"} --output json >"$dir/$name.part"; then
        mv "$dir/$name.part" "$dir/$name.json"
    else
        rm -f "$dir/$name.part"
        echo "no $name.json: aws $* failed" >&2
    fi
}

# list COMMAND...: the words of the answer, each once.
list() {
    aws "$@" ${options[@]+"${options[@]}"} --output text | tr '\t' '\n' | grep -v '^None$' | sort -u
}

read_into sts-caller-identity sts get-caller-identity
read_into kms-custom-key-stores kms describe-custom-key-stores
read_into cloudhsmv2-clusters cloudhsmv2 describe-clusters
read_into cloudtrail-events cloudtrail lookup-events --max-items 500 \
    --lookup-attributes AttributeKey=EventSource,AttributeValue=kms.amazonaws.com

read_into ec2-vpc-endpoint-service-configurations ec2 describe-vpc-endpoint-service-configurations
read_into ec2-vpc-endpoint-connections ec2 describe-vpc-endpoint-connections
names=$({
    list kms describe-custom-key-stores \
        --query 'CustomKeyStores[].XksProxyConfiguration.VpcEndpointServiceName'
    echo "${SERVICE_NAME-}"
} | grep . | sort -u | paste -sd , -)
if [ -n "$names" ]; then
    read_into ec2-vpc-endpoint-services ec2 describe-vpc-endpoint-services \
        --filters "Name=service-name,Values=$names"
fi
for id in $(list ec2 describe-vpc-endpoint-service-configurations \
    --query 'ServiceConfigurations[].ServiceId'); do
    read_into "ec2-vpc-endpoint-service-permissions.$id" \
        ec2 describe-vpc-endpoint-service-permissions --service-id "$id"
done

read_into ec2-subnets ec2 describe-subnets
read_into ec2-route-tables ec2 describe-route-tables
read_into ec2-security-groups ec2 describe-security-groups
read_into elbv2-load-balancers elbv2 describe-load-balancers
read_into elbv2-ssl-policies elbv2 describe-ssl-policies
for arn in $(list ec2 describe-vpc-endpoint-service-configurations \
    --query 'ServiceConfigurations[].NetworkLoadBalancerArns[]'); do
    key=${arn##*:loadbalancer/}
    key=${key//\//.}
    read_into "elbv2-listeners.$key" elbv2 describe-listeners --load-balancer-arn "$arn"
    read_into "elbv2-target-groups.$key" elbv2 describe-target-groups --load-balancer-arn "$arn"
    read_into "elbv2-load-balancer-attributes.$key" \
        elbv2 describe-load-balancer-attributes --load-balancer-arn "$arn"
    for group in $(list elbv2 describe-target-groups --load-balancer-arn "$arn" \
        --query 'TargetGroups[].TargetGroupArn'); do
        key=${group##*:targetgroup/}
        key=${key//\//.}
        read_into "elbv2-target-health.$key" \
            elbv2 describe-target-health --target-group-arn "$group"
        read_into "elbv2-target-group-attributes.$key" \
            elbv2 describe-target-group-attributes --target-group-arn "$group"
    done
    for certificate in $(list elbv2 describe-listeners --load-balancer-arn "$arn" \
        --query 'Listeners[].Certificates[].CertificateArn'); do
        case $certificate in
        arn:*:acm:*)
            read_into "acm-certificate.${certificate##*:certificate/}" \
                acm describe-certificate --certificate-arn "$certificate"
            ;;
        esac
    done
done

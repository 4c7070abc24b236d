/** Shortest session that Ceph's STS gives here (s); AWS has 900. Short ones show what their end does. */
const leastSessionSeconds = 1
const mostMemory = 4 * 1024 ** 3

/**
 * The configuration of a Ceph of one monitor, one OSD that keeps everything in memory, and one gateway, all on loopback,
 * without authentication among them. The OSD finds free ports by itself.
 */
export const cephConfiguration = (folder: string, ports: { readonly monitor: number; readonly gateway: number }) => `
[global]
mon_host = v2:127.0.0.1:${ports.monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = ${folder}/keyring
run_dir = ${folder}
crash_dir = ${folder}
admin_socket =
pid_file =
log_to_file = false
log_to_stderr = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 5000

[mon]
mon_data = ${folder}/monitor
mon_cluster_log_to_file = false
mon_data_avail_warn = 1
mon_data_avail_crit = 1
auth_allow_insecure_global_id_reclaim = false
paxos_propose_interval = 0.05

[osd]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = ${mostMemory}
osd_journal =
osd_max_object_name_len = 2048
osd_class_load_list = *
osd_class_default_list = *

[client]
ms_mon_client_mode = crc
rgw_frontends = beast endpoint=127.0.0.1:${ports.gateway}
rgw_data = ${folder}
rgw_s3_auth_use_sts = true
rgw_sts_key = abcdefghijklmnop
rgw_trust_forwarded_https = true
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw_sts_min_session_duration = ${leastSessionSeconds}
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 2
rgw_gc_processor_max_time = 2
rgw_rados_pool_pg_num_min = 1
`

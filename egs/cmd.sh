# shellcheck shell=bash disable=SC2034 # what is set here is for those who source this
# What launches a stage where --cmd is not given: Kaldi's interface, `launcher [options] LOG command arguments...`.
# On a cluster name its launcher here, with its options: "utils/slurm.pl --config conf/slurm.conf --time 24:00:00".
default_cmd=utils/run.pl

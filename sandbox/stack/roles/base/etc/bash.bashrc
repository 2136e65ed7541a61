# For interactive shells.
[ -z "$PS1" ] && return
shopt -s checkwinsize histappend
PS1='\u@\h:\w\$ '
HISTCONTROL=ignoredups
HISTSIZE=5000
export EDITOR=vi PAGER=less LESS=-FRX
alias ll='ls -l' ls='ls --color=auto' grep='grep --color=auto'
. /etc/bash.prompt

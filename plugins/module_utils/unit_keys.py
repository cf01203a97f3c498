# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every key that systemd knows in the files of a service, from systemd 247, 252, 257 and 262."""

from __future__ import annotations

from typing import Dict

KEYS: Dict[str, Dict[int, str]] = {
    "Unit": {
        247: """
            After AllowIsolate AssertACPower AssertArchitecture AssertCPUs AssertCapability
            AssertControlGroupController AssertDirectoryNotEmpty AssertEnvironment AssertFileIsExecutable
            AssertFileNotEmpty AssertFirstBoot AssertGroup AssertHost AssertKernelCommandLine AssertKernelVersion
            AssertMemory AssertNeedsUpdate AssertPathExists AssertPathExistsGlob AssertPathIsDirectory
            AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSymbolicLink
            AssertSecurity AssertUser AssertVirtualization Before BindTo BindsTo CollectMode ConditionACPower
            ConditionArchitecture ConditionCPUs ConditionCapability ConditionControlGroupController
            ConditionDirectoryNotEmpty ConditionEnvironment ConditionFileIsExecutable ConditionFileNotEmpty
            ConditionFirstBoot ConditionGroup ConditionHost ConditionKernelCommandLine ConditionKernelVersion
            ConditionMemory ConditionNeedsUpdate ConditionPathExists ConditionPathExistsGlob
            ConditionPathIsDirectory ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite
            ConditionPathIsSymbolicLink ConditionSecurity ConditionUser ConditionVirtualization Conflicts
            DefaultDependencies Description Documentation FailureAction FailureActionExitStatus IgnoreOnIsolate
            IgnoreOnSnapshot JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec
            JoinsNamespaceOf OnFailure OnFailureIsolate OnFailureJobMode PartOf PropagateReloadFrom
            PropagateReloadTo PropagatesReloadTo RebootArgument RefuseManualStart RefuseManualStop
            ReloadPropagatedFrom Requires RequiresMountsFor RequiresOverridable Requisite RequisiteOverridable
            SourcePath StartLimitAction StartLimitBurst StartLimitInterval StartLimitIntervalSec StopWhenUnneeded
            SuccessAction SuccessActionExitStatus Wants
        """,
        252: """
            AssertCPUFeature AssertCPUPressure AssertCredential AssertIOPressure AssertMemoryPressure
            AssertOSRelease ConditionCPUFeature ConditionCPUPressure ConditionCredential ConditionFirmware
            ConditionIOPressure ConditionMemoryPressure ConditionOSRelease OnSuccess OnSuccessJobMode
            PropagatesStopTo StopPropagatedFrom Upholds
        """,
        257: """
            SurviveFinalKillSignal WantsMountsFor
        """,
        262: """
            AssertFraction AssertKernelModuleLoaded AssertMachineTag AssertPathIsSocket AssertVersion
            ConditionFraction ConditionKernelModuleLoaded ConditionMachineTag ConditionPathIsSocket ConditionVersion
        """,
    },
    "Service": {
        247: """
            AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BindPaths BindReadOnlyPaths
            BlockIOAccounting BlockIODeviceWeight BlockIOReadBandwidth BlockIOWeight BlockIOWriteBandwidth BusName
            BusPolicy CPUAccounting CPUAffinity CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy CPUSchedulingPriority
            CPUSchedulingResetOnFork CPUShares CPUWeight CacheDirectory CacheDirectoryMode Capabilities
            CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter DefaultMemoryLow
            DefaultMemoryMin Delegate DeviceAllow DevicePolicy DisableControllers DynamicUser Environment
            EnvironmentFile ExecCondition ExecReload ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost
            FailureAction FileDescriptorStoreMax FinalKillSignal Group GuessMainPID IOAccounting
            IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax IOSchedulingClass
            IOSchedulingPriority IOWeight IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow
            IPAddressDeny IPEgressFilterPath IPIngressFilterPath IgnoreSIGPIPE InaccessibleDirectories
            InaccessiblePaths KeyringMode KillMode KillSignal LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE
            LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME
            LimitSIGPENDING LimitSTACK LoadCredential LockPersonality LogExtraFields LogLevelMax LogNamespace
            LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory LogsDirectoryMode ManagedOOMMemoryPressure
            ManagedOOMMemoryPressureLimitPercent ManagedOOMSwap MemoryAccounting MemoryDenyWriteExecute MemoryHigh
            MemoryLimit MemoryLow MemoryMax MemoryMin MemorySwapMax MountAPIVFS MountFlags MountImages NUMAMask
            NUMAPolicy NetClass NetworkNamespacePath Nice NoNewPrivileges NonBlocking NotifyAccess OOMPolicy
            OOMScoreAdjust PAMName PIDFile PassEnvironment PermissionsStartOnly Personality PrivateDevices
            PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups
            ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc
            ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths RebootArgument
            RemainAfterExit RemoveIPC Restart RestartForceExitStatus RestartKillSignal RestartPreventExitStatus
            RestartSec RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID RootDirectory
            RootDirectoryStartOnly RootHash RootHashSignature RootImage RootImageOptions RootVerity RuntimeDirectory
            RuntimeDirectoryMode RuntimeDirectoryPreserve RuntimeMaxSec SELinuxContext SecureBits SendSIGHUP
            SendSIGKILL SetCredential Slice SmackProcessLabel Sockets StandardError StandardInput StandardInputData
            StandardInputText StandardOutput StartLimitAction StartLimitBurst StartLimitInterval
            StartupBlockIOWeight StartupCPUShares StartupCPUWeight StartupIOWeight StateDirectory StateDirectoryMode
            SuccessExitStatus SupplementaryGroups SysVStartPriority SyslogFacility SyslogIdentifier SyslogLevel
            SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYPath
            TTYReset TTYVHangup TTYVTDisallocate TasksAccounting TasksMax TemporaryFileSystem TimeoutAbortSec
            TimeoutCleanSec TimeoutSec TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec
            TimerSlackNSec Type UMask USBFunctionDescriptors USBFunctionStrings UnsetEnvironment User UtmpIdentifier
            UtmpMode WatchdogSec WatchdogSignal WorkingDirectory
        """,
        252: """
            BPFProgram ExecPaths ExecSearchPath ExitType ExtensionDirectories ExtensionImages IPCNamespacePath
            LoadCredentialEncrypted ManagedOOMMemoryPressureLimit ManagedOOMPreference NoExecPaths PrivateIPC
            RestrictFileSystems RestrictNetworkInterfaces RuntimeRandomizedExtraSec SetCredentialEncrypted
            SocketBindAllow SocketBindDeny StartupAllowedCPUs StartupAllowedMemoryNodes TTYColumns TTYRows
        """,
        257: """
            BindLogSockets CoredumpReceive DefaultStartupMemoryLow DelegateSubgroup ExtensionImagePolicy
            FileDescriptorStorePreserve ImportCredential LogFilterPatterns ManagedOOMMemoryPressureDurationSec
            MemoryKSM MemoryPressureThresholdSec MemoryPressureWatch MemoryZSwapMax MemoryZSwapWriteback
            MountImagePolicy NFTSet OpenFile PrivatePIDs ReloadSignal RestartMaxDelaySec RestartMode RestartSteps
            RootEphemeral RootImagePolicy SetLoginEnvironment StartupMemoryHigh StartupMemoryLow StartupMemoryMax
            StartupMemorySwapMax StartupMemoryZSwapMax
        """,
        262: """
            BPFDelegateAttachments BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms BindNetworkInterface
            CPUPressureThresholdSec CPUPressureWatch CPUSetPartition CacheDirectoryAccounting CacheDirectoryQuota
            DelegateNamespaces ExecReloadPost IOPressureThresholdSec IOPressureWatch LUOSession
            LogsDirectoryAccounting LogsDirectoryQuota MemoryTHP OOMRules PrivateBPF RefreshOnReload
            RestartRandomizedDelaySec RootMStack StandardErrorFileDescriptor StandardInputFileDescriptor
            StandardOutputFileDescriptor StateDirectoryAccounting StateDirectoryQuota UserNamespacePath
        """,
    },
    "Install": {
        247: """
            Alias Also DefaultInstance RequiredBy WantedBy
        """,
        257: """
            UpheldBy
        """,
    },
}
"""Section to the oldest of these versions that knows a key, to the keys with spaces between them. None was removed."""

namespace Shaper.Engine.Interop;

/// <summary>Where a program hooks into an interface's traffic (enum bpf_attach_type). tcx came with Linux 6.6.</summary>
public enum BpfAttachPoint : uint
{
    /// <summary>Frames that arrive, after AF_PACKET has seen them and before the bridge.</summary>
    TcxIngress = 46,

    /// <summary>Frames about to leave, whoever sends them.</summary>
    TcxEgress = 47,
}

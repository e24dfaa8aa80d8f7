namespace Shaper.Engine.Ports;

/// <summary>How frames are taken from and given to a network interface.</summary>
public enum PortKind : byte
{
    /// <summary>Through SharpPcap and libpcap: a frame a call both ways.</summary>
    Pcap = 0,

    /// <summary>Through a receive ring shared with the kernel, and bursts of frames a send call.</summary>
    Ring = 1,
}

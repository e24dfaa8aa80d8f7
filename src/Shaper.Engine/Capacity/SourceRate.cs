using System.Runtime.InteropServices;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Capacity;

/// <summary>What one remote host sent in one window, in wire bytes. One cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct SourceRate
{
    private readonly ulong _addressHigh;
    private readonly ulong _addressLow;
    private long _claim;

    internal SourceRate(UInt128 address) => (_addressHigh, _addressLow) = ((ulong)(address >> 64), (ulong)address);

    /// <summary>IPv4 addresses occupy the lowest 32 bits.</summary>
    public readonly UInt128 Address => new(_addressHigh, _addressLow);

    public bool IsIpv6 { get; private set; }

    /// <summary>TCP, which the box can steer.</summary>
    public long TcpBytes { get; private set; }

    /// <summary>All else, which it cannot.</summary>
    public long OtherBytes { get; private set; }

    /// <summary>IP protocol of the last frame that was not TCP; what to ask a filter for.</summary>
    public byte OtherProtocol { get; private set; }

    public readonly long Bytes => TcpBytes + OtherBytes;

    internal readonly bool IsOf(ulong addressHigh, ulong addressLow) => ((_addressHigh ^ addressHigh) | (_addressLow ^ addressLow)) == 0;

    internal void Add(bool isIpv6, byte protocol, int wireBytes)
    {
        IsIpv6 = isIpv6;
        _claim += wireBytes;
        if (protocol == IpProtocols.Tcp)
        {
            TcpBytes += wireBytes;
        }
        else
        {
            OtherBytes += wireBytes;
            OtherProtocol = protocol;
        }
    }

    /// <summary>True while this host's claim on the place outweighs its rivals'.</summary>
    internal bool Contest(int wireBytes)
    {
        _claim -= wireBytes;
        return _claim > 0;
    }
}

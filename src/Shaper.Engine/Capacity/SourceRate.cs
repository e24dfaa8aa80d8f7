using Shaper.Engine.Wire;

namespace Shaper.Engine.Capacity;

/// <summary>What one remote host sent in one window, in wire bytes.</summary>
public struct SourceRate
{
    private long _claim;

    internal SourceRate(UInt128 address) => Address = address;

    /// <summary>IPv4 addresses occupy the lowest 32 bits.</summary>
    public UInt128 Address { get; }

    public bool IsIpv6 { get; private set; }

    /// <summary>TCP, which the box can steer.</summary>
    public long TcpBytes { get; private set; }

    /// <summary>All else, which it cannot.</summary>
    public long OtherBytes { get; private set; }

    /// <summary>IP protocol of the last frame that was not TCP; what to ask a filter for.</summary>
    public byte OtherProtocol { get; private set; }

    public readonly long Bytes => TcpBytes + OtherBytes;

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

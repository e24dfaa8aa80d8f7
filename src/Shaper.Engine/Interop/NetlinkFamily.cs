namespace Shaper.Engine.Interop;

/// <summary>The netlink families in use, numbered as the kernel does.</summary>
public enum NetlinkFamily
{
    /// <summary>Interfaces, addresses, bridges (rtnetlink).</summary>
    Route = 0,

    /// <summary>nftables (nfnetlink).</summary>
    Netfilter = 12,
}

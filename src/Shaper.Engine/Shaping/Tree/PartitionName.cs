using System.Globalization;
using System.Net;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Says whose a partition is. Static and stateless.</summary>
public static class PartitionName
{
    /// <summary>An IPv4 address or prefix; of IPv6 and of flows only a hash is kept.</summary>
    public static string Of(ulong key, PartitionSpec spec)
    {
        if (spec.By == PartitionKey.Flow)
        {
            return string.Create(CultureInfo.InvariantCulture, $"flow {(uint)key:x8}");
        }

        if (key == PartitionHash.NoAddress)
        {
            return "no address";
        }

        if (key >> 32 != 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"IPv6 {(uint)key:x8}");
        }

        string address = new IPAddress(IPAddress.HostToNetworkOrder((int)(uint)key) & 0xFFFF_FFFFL).ToString();
        return spec.Ipv4PrefixBits == 32 ? address : string.Create(CultureInfo.InvariantCulture, $"{address}/{spec.Ipv4PrefixBits}");
    }
}

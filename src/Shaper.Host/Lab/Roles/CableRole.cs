using Shaper.Engine.Interop;

namespace Shaper.Host.Lab.Roles;

/// <summary>Makes veth ends behave like the ends of a cable: frames cross with finished checksums, none larger than the MTU. Ends at once.</summary>
/// <remarks>Usage: <c>lab-role cable IF...</c>.</remarks>
internal static class CableRole
{
    private static readonly string[] Offloads =
    [
        "tx-checksum-ip-generic", "tx-checksum-sctp", "rx-checksum", "tx-scatter-gather", "tx-scatter-gather-fraglist", "tx-generic-segmentation",
        "tx-tcp-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation", "tx-udp-segmentation",
        "tx-gso-list", "rx-gro", "rx-gro-list", "rx-udp-gro-forwarding",
    ];

    public static int Run(IReadOnlyList<string> devices)
    {
        using DeviceFeatures features = new();
        foreach (string device in devices)
        {
            features.Set(device, Offloads, on: false);
        }

        return 0;
    }
}

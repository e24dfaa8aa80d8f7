namespace Shaper.Host.Diagnosis;

/// <summary>One interface that is to be a port: is it there, is it up, does it carry what Ethernet carries.</summary>
internal static class PortChecks
{
    /// <summary>No bridge carries IPv6 below this.</summary>
    private const long SmallestMtu = 1280;

    public static IEnumerable<Finding> Run(string port, MachineFiles files)
    {
        string at = "/sys/class/net/" + port;
        if (!files.DirectoryExists(at))
        {
            // The probes have said so already.
            return [];
        }

        return [Link(port, at, files), Mtu(port, at, files)];
    }

    private static Finding Link(string port, string at, MachineFiles files)
    {
        string subject = "Link of " + port;
        string state = files.Text(at + "/operstate") ?? "unknown";
        long? carrier = files.Number(at + "/carrier");
        return (state, carrier) switch
        {
            (_, null) => new(subject, Finding.Warn, "down", $"ip link set {port} up"),
            (_, 0) => new(subject, Finding.Warn, "up, without carrier", "check the cable and the other end; the shaper picks the port up when it comes"),
            _ => new(subject, Finding.Ok, files.Number(at + "/speed") is > 0 and long speed ? $"up, {speed} Mbit/s" : "up", ""),
        };
    }

    private static Finding Mtu(string port, string at, MachineFiles files)
    {
        string subject = "MTU of " + port;
        long mtu = files.Number(at + "/mtu") ?? 0;
        return mtu >= SmallestMtu
            ? new(subject, Finding.Ok, $"{mtu} B", "")
            : new(subject, Finding.Warn, $"{mtu} B: too small for IPv6", $"ip link set {port} mtu 1500");
    }
}

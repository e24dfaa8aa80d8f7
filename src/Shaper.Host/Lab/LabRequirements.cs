using System.Net.Sockets;
using Shaper.Host.Lab.Roles;

namespace Shaper.Host.Lab;

/// <summary>What the lab needs of the machine, checked before anything is built.</summary>
internal static class LabRequirements
{
    /// <summary>Throws <see cref="LabException"/> naming the first thing that is missing and the remedy.</summary>
    public static void Check(LabScenario scenario)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new LabException("needs root, because it makes network namespaces: sudo shaper lab");
        }

        foreach ((string program, string package) in (ReadOnlySpan<(string, string)>)[("ip", "iproute2"), ("tc", "iproute2")])
        {
            if (Shell.Locate(program) is null)
            {
                throw new LabException($"needs the program {program}: apt-get install {package}");
            }
        }

        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The kernel loads the module on this request, where it has one.
            socket.SetCongestionControl(scenario.CongestionControl);
        }
        catch (SocketException)
        {
            string available = File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Trim();
            throw new LabException($"this kernel has no congestion control \"{scenario.CongestionControl}\"; it has: {available}");
        }
    }
}

using System.Globalization;

namespace Shaper.Engine.Bridge;

/// <summary>The capabilities that this process holds and the shaper needs.</summary>
public static class Privileges
{
    private const int NetAdmin = 12;
    private const int NetRaw = 13;
    private const int SysAdmin = 21;
    private const int Bpf = 39;

    /// <summary>Names of those that are missing; empty for root.</summary>
    public static IReadOnlyList<string> Missing()
    {
        ulong effective = Effective();
        List<string> missing = [];
        if (!Holds(effective, NetAdmin))
        {
            missing.Add("CAP_NET_ADMIN");
        }

        if (!Holds(effective, NetRaw))
        {
            missing.Add("CAP_NET_RAW");
        }

        if (!Holds(effective, Bpf) && !Holds(effective, SysAdmin))
        {
            missing.Add("CAP_BPF");
        }

        return missing;
    }

    private static bool Holds(ulong set, int capability) => ((set >> capability) & 1) != 0;

    private static ulong Effective()
    {
        const string key = "CapEff:";
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(key, StringComparison.Ordinal)
                && ulong.TryParse(line.AsSpan(key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set))
            {
                return set;
            }
        }

        return 0;
    }
}

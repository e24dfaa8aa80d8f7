using Shaper.Engine.Bridge;

namespace Shaper.Host.Diagnosis;

/// <summary>Looks at this machine, and at two ports where they are named, and says what the shaper lacks and what to do about it. Changes nothing.</summary>
internal static class Doctor
{
    public static DoctorReport Examine(string? wan, string? lan, MachineFiles files)
    {
        List<Finding> findings = [.. MachineProbes.Run(wan, lan).Select(Of), .. HostChecks.Run(files)];
        foreach (string port in new[] { wan, lan }.OfType<string>().Distinct())
        {
            findings.AddRange(PortChecks.Run(port, files));
        }

        return new(findings.TrueForAll(f => f.Verdict != Finding.Fail), findings);
    }

    private static Finding Of(ProbeResult probe) => new(probe.Subject, probe.State switch
    {
        ProbeState.Good => Finding.Ok,
        ProbeState.Poor => Finding.Warn,
        _ => Finding.Fail,
    }, probe.Found, probe.Remedy);
}

namespace Shaper.Host.Diagnosis;

/// <summary>One line of the doctor.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Verdict">"ok"; "warn": the shaper runs, with the loss that is named; "fail": it cannot run.</param>
/// <param name="Found">What was found.</param>
/// <param name="Remedy">What to do about it; empty where nothing needs doing.</param>
public sealed record Finding(string Subject, string Verdict, string Found, string Remedy)
{
    public const string Ok = "ok";
    public const string Warn = "warn";
    public const string Fail = "fail";
}

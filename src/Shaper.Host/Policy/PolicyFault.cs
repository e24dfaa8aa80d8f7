namespace Shaper.Host.Policy;

/// <summary>One thing in a policy file that cannot be taken.</summary>
/// <param name="File">The file as the operator named it.</param>
/// <param name="Line">Counted from 1; 0 where the file as a whole is meant.</param>
/// <param name="Key">Where in the file, such as "rules[2].dscp"; empty where no key is to blame.</param>
/// <param name="Problem">What is wrong, and what would be accepted.</param>
internal sealed record PolicyFault(string File, int Line, string Key, string Problem)
{
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}: " : $"{File}: ") + (Key.Length > 0 ? $"{Key}: " : "") + Problem;
}

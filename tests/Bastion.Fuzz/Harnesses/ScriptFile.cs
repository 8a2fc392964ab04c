using Bastion.Analysis;

namespace Bastion.Fuzz.Harnesses;

/// <summary>The content of a file with whatever first line.</summary>
internal sealed class ScriptFile : Harness
{
    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        "#!/bin/sh\n", "#!/bin/bash\n", "#!/usr/bin/env python3\n", "#!/usr/bin/perl\n", "#!/usr/bin/env node\n",
        "#!/usr/bin/awk -f\n", "#!/bin/sed -f\n", "#!/usr/bin/ruby\n", "import os\n", "os.system(", "shutil.rmtree(",
        "subprocess.run([", "])", "\"rm -rf /\"",
        "'", "\"", "\"\"\"", "#", "//", "/*", "*/", "require('fs')", ".rmSync(", "unlink ", "exec ", "system(",
        "`rm -rf /srv`", "print ", "{", "}", "(", ")", "[", "]", "\\", "\n", "; ", "e", "w /etc/passwd", "s/a/b/e",
        "BEGIN {", "$0", "|", "File.delete(", "FileUtils.rm_rf",
    ]);

    public override string Name => "script";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string text = Text(input);
        AnalysisResult result = Analyzer.Default.AnalyzeScript(text);
        RiskLaws.AssertWellFormed(result);
        RiskLaws.AssertSame(result, Analyzer.Default.AnalyzeScript(text));
        return RiskLaws.Behaviour(result);
    }

    protected override IEnumerable<byte[]> MakeSeeds() => Utf8(
    [
        "#!/bin/sh\nrm -rf /srv/x\n",
        "#!/usr/bin/env python3\nimport os, shutil\nos.remove('/srv/x')\nshutil.rmtree(\"/srv\")\n",
        "#!/usr/bin/perl\nsystem('rm -rf /srv');\nunlink \"x\";\n",
        "#!/usr/bin/env node\nrequire('child_process').execSync('rm -rf /srv')\n",
        "#!/usr/bin/awk -f\nBEGIN { system(\"rm -rf /srv\") }\n", "#!/bin/sed -f\ns/a/b/e\nw /etc/passwd\n",
        "#!/usr/bin/ruby\nFileUtils.rm_rf('/srv')\n`rm -rf /srv`\n", "echo hello\n",
    ]);
}
